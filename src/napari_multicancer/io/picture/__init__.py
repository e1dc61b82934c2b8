"""PNG, JPEG, WebP and BMP."""
