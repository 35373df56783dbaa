"""A patient education chatbot whose every sentence was approved by a person."""
