"""NIfTI: volumes and masks on their voxels."""
