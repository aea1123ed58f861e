"""What people look at: tables, figures, videos, dialogues and the HTML page."""
