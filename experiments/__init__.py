"""Many runs and what they say together: jobs, tables, comparisons."""
