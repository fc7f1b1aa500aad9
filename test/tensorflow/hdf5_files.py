"""HDF5 files of h5py that are too large to be kept: indexes of many chunks, links and attributes in heaps of many blocks.

python hdf5_files.py DIR < null: writes the files to DIR, and says what h5py reads in each
"""

import hashlib
import json
import pathlib
import sys

import h5py
import numpy as np


def arrays(file):
    """Chunks in arrays with secondary blocks and pages, and in trees of several levels."""
    count = 150_000
    data = (np.arange(count) * 7 % 251).astype(np.uint8)
    file.create_dataset("extensible", data=data, chunks=(1,), maxshape=(None,))
    file.create_dataset("extensible-packed", data=data[:5000], chunks=(1,), maxshape=(None,), fletcher32=True)
    file.create_dataset("fixed", data=data[:5000], chunks=(1,))
    file.create_dataset("fixed-packed", data=data[:5000], chunks=(1,), fletcher32=True)
    grid = data[:40_000].reshape(200, 200)
    file.create_dataset("tree", data=grid, chunks=(1, 2), maxshape=(None, None))
    file.create_dataset("tree-packed", data=grid[:60, :60], chunks=(2, 1), maxshape=(None, None), compression="gzip")
    file.create_dataset("columns", data=grid[:90, :90], chunks=(4, 7), maxshape=(90, None), compression="lzf")
    for most in ((None, None), (None, 200), (200, 200)):
        changed = file.create_dataset(f"changed-{most[0]}-{most[1]}", data=grid, chunks=(7, 9), maxshape=most, shuffle=True)
        changed.resize((60, 50))
    sparse = file.create_dataset("sparse", shape=(200_000,), dtype="int16", chunks=(8,), maxshape=(None,), fillvalue=9)
    sparse[150_000:150_100] = 1


def names(file):
    """Thousands of links in one group, some of them long, and attributes of every size."""
    for number in range(6000):
        file[f"many/variable_{number}{'x' * (number % 200)}"] = np.int32(number)
    for number in range(300):
        file["many"].attrs[f"attribute{number}"] = "y" * (number * 11)
    file["many"].attrs["long"] = "z" * 60_000


def numbers(file):
    """A matrix of a few megabytes as models have them."""
    data = np.random.default_rng(1).standard_normal((700, 1100)).astype(np.float32)
    file.create_dataset("packed", data=data, compression="gzip", shuffle=True)
    file.create_dataset("rows", data=data, chunks=(1, 1100), compression="gzip", compression_opts=1)
    file.create_dataset("column", data=data.reshape(-1, 1), chunks=(5000, 1), compression="lzf")
    file.create_dataset("noise", data=np.frombuffer(data.tobytes(), np.uint8)[:99_999], compression="lzf")


def described(dataset):
    """dtype, shape and digest of a dataset."""
    array = dataset[()]
    content = np.asarray(array).astype(array.dtype.newbyteorder("<")).tobytes()
    return [array.dtype.name, list(dataset.shape), hashlib.sha256(content).hexdigest()]


def main():
    """Every case by the older and the newer layout."""
    out = pathlib.Path(sys.argv[1])
    found = {}
    for make in (arrays, names, numbers):
        for libver in ("earliest", "latest"):
            if make is names and libver == "earliest":
                continue  # attributes of more than 64 KiB together do not fit there
            name = f"{make.__name__}-{libver}.h5"
            with h5py.File(out / name, "w", libver=libver) as file:
                make(file)
            rows = {}
            with h5py.File(out / name, "r") as file:
                file.visititems(lambda path, item: rows.update({path: described(item)} if hasattr(item, "dtype") else {}))
            found[name] = rows
    print(json.dumps(found))


main()
