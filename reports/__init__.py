"""Results for human readers: tables, figures, videos, dialogues and the HTML page."""
