"""What one service sends to another: kept until it has arrived, retried, then dead-lettered."""
