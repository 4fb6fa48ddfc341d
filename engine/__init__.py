"""What does the image show? Pixels, the model, its training and its evaluation."""
