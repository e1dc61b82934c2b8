"""Nothing painted is lost: automatic copies, and the offer to restore them."""
