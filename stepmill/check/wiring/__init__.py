"""What a template connects, held against what is there: files, references, events, queues, nested stacks."""
