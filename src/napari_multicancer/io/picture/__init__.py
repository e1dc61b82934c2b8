"""PNG, JPEG, WebP, BMP, GIF, JPEG 2000 and Netpbm."""
