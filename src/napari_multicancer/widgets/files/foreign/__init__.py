"""Layers that another reader made of a file that ours reads differently: noticed and put right."""
