"""Pictures for retrieval: smooth shapes whose codes differ by what is in them; random pixels would all look alike."""

import numpy as np


def shapes(seed: int, rows: int = 64, columns: int = 64) -> np.ndarray:
    """One frame of a few bright shapes before a dark border, 0 to 4000, the same for the same seed."""
    y, x = np.meshgrid(np.linspace(-1, 1, rows), np.linspace(-1, 1, columns), indexing="ij")
    random = np.random.default_rng(seed)
    frame = np.zeros((rows, columns))
    for _ in range(6):
        cx, cy, size = random.uniform(-0.5, 0.5), random.uniform(-0.5, 0.5), random.uniform(0.1, 0.4)
        frame += random.uniform(0.3, 1) * np.exp(-((x - cx) ** 2 + (y - cy) ** 2) / size**2)
    scaled: np.ndarray = np.round(frame / frame.max() * 4000).astype("<u2")
    return scaled[None]
