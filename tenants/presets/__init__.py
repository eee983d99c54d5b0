"""What new shops begin with, by line of business."""
