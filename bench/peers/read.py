"""The peers' side of `npm run bench -- read`: a folder of slices into an array of HU, by pydicom or by gdcm.

    /usr/bin/python3 bench/peers/read.py pydicom FOLDER

Prints `ready SECONDS`, then for every line it reads the seconds one reading took. See bench/alternate.ts.
"""

import glob
import os
import sys
import time
import warnings

import numpy

warnings.simplefilter("ignore")
# libjpeg, inside gdcm, writes to stderr whatever it is told.
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
peer, folder = sys.argv[1:3]
begun = time.perf_counter()

if peer == "pydicom":
    import gdcm  # pydicom decodes with it
    import pydicom

    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()

    def slices(files):
        for file in files:
            data = pydicom.dcmread(file)
            height = float(data.ImagePositionPatient[2])
            yield height, data.pixel_array, float(data.RescaleSlope), float(data.RescaleIntercept)

else:
    import gdcm

    gdcm.Trace.WarningOff()
    gdcm.Trace.ErrorOff()
    kinds = {gdcm.PixelFormat.INT16: numpy.int16, gdcm.PixelFormat.UINT16: numpy.uint16}
    kinds[gdcm.PixelFormat.INT12] = numpy.int16
    kinds[gdcm.PixelFormat.UINT12] = numpy.uint16

    def slices(files):
        for file in files:
            reader = gdcm.ImageReader()
            reader.SetFileName(file)
            if not reader.Read():
                raise SystemExit(f"gdcm cannot read {file}")
            image = reader.GetImage()
            kind = kinds[image.GetPixelFormat().GetScalarType()]
            text = image.GetBuffer().encode("utf-8", errors="surrogateescape")
            pixels = numpy.frombuffer(text, dtype=kind).reshape(image.GetDimension(1), image.GetDimension(0))
            yield image.GetOrigin(2), pixels, image.GetSlope(), image.GetIntercept()


def read():
    found = list(slices(glob.glob(folder + "/*")))
    found.sort(key=lambda entry: entry[0])
    volume = numpy.empty((len(found), *found[0][1].shape), numpy.int16)
    for index, (_, pixels, slope, intercept) in enumerate(found):
        volume[index] = pixels * int(slope) + int(intercept)
    return volume


print("ready", time.perf_counter() - begun, flush=True)
for _ in sys.stdin:
    started = time.perf_counter()
    read()
    print(time.perf_counter() - started, flush=True)
