"""What a model card may ask for, by name alone: cards are read without importing what does it."""

AS_IT_IS = ""
GREY = "grey"
CONTRASTS = "contrasts"
COLORS = (AS_IT_IS, GREY, CONTRASTS)
"""What a card may say of colors; "": the network takes them as they are."""
CROP_TO_HEAD = "crop_to_head"
CROP_TO_SCAN = "crop_to_scan"
STEPS = (
    CROP_TO_HEAD,
    CROP_TO_SCAN,
    "median",
    "non_local_means",
    "total_variation",
    "speckle",
    "canny",
    "sobel",
)
"""What a card may list as its preprocessing."""
REFINEMENTS = ("crf",)
"""What a card may ask to refine its masks by, besides nothing."""
