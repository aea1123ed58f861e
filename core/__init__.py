"""Types and files that all packages share. Imports no torch, no environment and no HTTP client."""
