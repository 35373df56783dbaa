"""Ways in: each channel turns a message into (sender, text) and renders the `Reply` values that come back."""
