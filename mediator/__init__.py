"""The mediator: describes, asks, reads answers, and learns when to do so."""
