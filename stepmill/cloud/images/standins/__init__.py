"""Programs that run inside the box in place of AWS's containers; they import nothing of the rest."""
