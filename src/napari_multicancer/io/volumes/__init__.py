"""What formats of volumes share: the voxels of a file, how they are looked at, masks on them."""
