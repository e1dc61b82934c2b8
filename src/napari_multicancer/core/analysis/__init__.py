"""The main job: recognize what a scan is, say what it shows, outline the lesion."""
