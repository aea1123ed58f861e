"""HumanEval and MBPP: programs that are judged by tests."""
