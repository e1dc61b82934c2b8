"""FreeSurfer's volumes: MGH, and MGZ, the same packed by gzip."""
