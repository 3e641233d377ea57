"""Our interpreter of the Amazon States Language."""
