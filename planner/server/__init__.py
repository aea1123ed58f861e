"""What one OpenAI-style server is: its address, how it is reached, what it accepts and what it sends back."""
