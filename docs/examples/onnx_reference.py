"""What `embolens diagnose` computes, rebuilt from the DICOM files and an exported ONNX graph with NumPy alone.

    embolens export model.safetensors --onnx model.onnx
    embolens diagnose study/ --model model.safetensors --out results
    python3 onnx_reference.py model.onnx study/ results/STUDY/diagnosis.json

The lungs' range is taken from diagnosis.json; everything else is here, step by step as the graph's metadata ("embolens",
"steps") say. Needs numpy, pydicom, onnx and onnxruntime (or onnx 1.13 and newer alone, much slower). With `--input FILE.npy` it writes
what goes into the graph instead of running it. Single-frame CT series, axial, evenly spaced. Research use, not a medical device.
"""
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pydicom

AIR = -1024.0


def read_series(folder, series_uid):
    """HU [slices, rows, columns] with slices to the head, rows to the back, columns to the left; spacing and first z in mm."""
    files = [pydicom.dcmread(path, force=True) for path in sorted(Path(folder).rglob("*")) if path.is_file()]
    files = [one for one in files if one.get("SeriesInstanceUID") == series_uid and "PixelData" in one]
    row, column = np.array(files[0].ImageOrientationPatient, dtype=float).reshape(2, 3)
    normal = np.cross(row, column)
    files.sort(key=lambda one: float(np.dot(np.array(one.ImagePositionPatient, dtype=float), normal)))
    hu = np.stack([one.pixel_array * float(one.RescaleSlope) + float(one.RescaleIntercept) for one in files])
    z = [float(one.ImagePositionPatient[2]) for one in files]
    if normal[2] < 0:
        hu, z = hu[::-1], z[::-1]
    hu = hu[:, :: -1 if column[1] < 0 else 1, :: -1 if row[0] < 0 else 1]
    between_rows, between_columns = map(float, files[0].PixelSpacing)
    return hu, (between_columns, between_rows, (z[-1] - z[0]) / max(1, len(z) - 1)), z[0]


def blend(hu, spacing, position):
    """The slice `position` mm above the first: linear between its neighbours, the edge slice beyond the ends."""
    exact = position / spacing
    exact = round(exact) if abs(exact - round(exact)) * spacing < 1e-3 else exact
    low = int(np.floor(exact))
    if low < 0 or low >= len(hu) - 1:
        return hu[0] if low < 0 else hu[-1]
    return hu[low] + (exact - low) * (hu[low + 1] - hu[low])


def axis_weights(count, spacing, settings):
    """[side, count] weights of input pixels in each output pixel of one axis; what a row lacks to 1 is air."""
    side, wanted, whole = settings["crop"], settings["pixelSpacing"], settings.get("fieldOfView")
    weights = np.zeros((side, count))
    inputs = np.arange(count)
    if whole:  # area averages of the whole field of view, of which the centre is kept
        ratio, margin = count / whole, (whole - side) // 2
        for index in range(side):
            start, end = (index + margin) * ratio, (index + margin + 1) * ratio
            weights[index] = np.clip(np.minimum(inputs + 1, end) - np.maximum(inputs, start), 0, None) / (end - start)
        return weights
    if wanted is None or abs(wanted - spacing) < 1e-9:  # whole pixels; of an odd number left over the smaller half before
        for index in range(side):
            at = index + (count - side) // 2
            if 0 <= at < count:
                weights[index, at] = 1
        return weights
    ratio = wanted / spacing
    reach = max(1.0, ratio)  # a triangle, as wide as the larger of the two pixels
    for index in range(side):
        centre = (count - 1) / 2 + (index - (side - 1) / 2) * ratio
        around = np.arange(np.ceil(centre - reach), np.floor(centre + reach) + 1)
        total = np.clip(1 - np.abs(around - centre) / reach, 0, None).sum()
        weights[index] = np.clip(1 - np.abs(inputs - centre) / reach, 0, None) / total
    return weights


def levels(hu, spacing, positions, settings):
    """Grey levels uint8 [positions, side, side]."""
    down, across = axis_weights(hu.shape[1], spacing[1], settings), axis_weights(hu.shape[2], spacing[0], settings)
    low, high = settings["window"]["lower"], settings["window"]["upper"]
    slices = []
    for position in positions:
        image = blend(hu, spacing[2], position).astype(np.float64)
        image = image @ across.T + (1 - across.sum(1)) * AIR
        image = down @ image + ((1 - down.sum(1)) * AIR)[:, None]
        slices.append(np.clip(np.rint((image - low) * 255 / (high - low)), 0, 255).astype(np.uint8))
    return np.stack(slices)


def scan_slices(lower, upper, settings):
    """Where the slices of every slab lie, [slabs, slices of a slab], in mm above the first slice."""
    count, stride, width = settings["scanSlices"], settings["scanStride"], settings["slabSlices"]
    step = (upper - lower) / (count - 1) if count > 1 else 0
    first = min(stride // 2, (count - 1) // 2)
    centres = lower + np.arange(first, count, stride) * step
    return centres[:, None] + (np.arange(width) - (width - 1) / 2) * step


def graph_input(model, hu, spacing, lower, upper):
    """The graph's only input by name."""
    settings = model["preprocessing"]
    if model["kind"] == "penet":
        window = model["penet"]["slices"]
        if settings.get("slices") == "native":
            positions = np.arange(len(hu)) * spacing[2]
            starts = list(range(0, len(hu), window))
        else:
            step = settings["sliceSpacing"]
            positions = lower + np.arange(max(int((upper - lower) / step + 1e-6) + 1, window)) * step
            starts = [*range(0, len(positions) - window, window), max(0, len(positions) - window)]
        grey = levels(hu, spacing, positions, settings)
        grey = np.concatenate([grey, np.zeros((window, *grey.shape[1:]), np.uint8)])  # air after the last slice
        return "windows", np.stack([grey[start : start + window] for start in starts])[:, None]
    places = scan_slices(lower, upper, settings)
    _, first, index = np.unique(np.round(places * 1000), return_index=True, return_inverse=True)
    grey = levels(hu, spacing, places.ravel()[first], settings)[index.reshape(places.shape)]
    return ("slabs", grey) if model["kind"] == "two-stage" else ("scan", grey.reshape(1, 1, -1, *grey.shape[2:]))


def run(path, name, values):
    """Every output by name; windows go in one by one."""
    try:
        import onnxruntime

        session = onnxruntime.InferenceSession(path)
        names, call = [one.name for one in session.get_outputs()], lambda part: session.run(None, {name: part})
    except ImportError:
        from onnx.reference import ReferenceEvaluator

        evaluator = ReferenceEvaluator(path)
        names, call = evaluator.output_names, lambda part: evaluator.run(None, {name: part})
    parts = [values[at : at + 1] for at in range(len(values))] if name == "windows" else [values]
    return [dict(zip(names, call(part))) for part in parts]


if __name__ == "__main__":
    graph, folder, document = sys.argv[1:4]
    diagnosis = json.loads(Path(document).read_text())
    model = json.loads({entry.key: entry.value for entry in onnx.load(graph).metadata_props}["embolens"])
    hu, spacing, first_z = read_series(folder, diagnosis["seriesInstanceUID"])
    lower, upper = (z - first_z for z in diagnosis["lungRangeMillimetres"])
    name, values = graph_input(model, hu, spacing, lower, upper)
    if sys.argv[4:5] == ["--input"]:
        np.save(sys.argv[5], values)
    else:
        outputs = run(graph, name, values)
        probability = max(float(np.max(one.get("probability", one.get("probabilities")))) for one in outputs)
        print(f"here {probability:.6f}, embolens {diagnosis['probability']:.6f} (research use, not a medical device)")
