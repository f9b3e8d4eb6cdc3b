#!/bin/sh
# The whole recipe, from photos to a measured encoder: [VIEW=160] ./run.sh SHARED OUT [options of train.py; the last of each counts].
# VIEW is the side of the pictures that the encoder is used with, of which it looks at two views of four fifths.
# It begins with random weights; `--warm-start student.pt` begins with those of a finished run, and `--average-with student.pt` gives
# the mean of them and of where it ends. Run it again after an interruption: it goes on where it was.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shared=$1 out=$2 view=${VIEW:-160}
shift 2
# Feature maps come and go by the hundred megabytes. Without this, glibc gives each back to the system and a third of the time
# goes into getting it again.
export MALLOC_MMAP_MAX_=0 MALLOC_TRIM_THRESHOLD_=8000000000 MALLOC_TOP_PAD_=67108864
python "$here/train.py" --shared "$shared" --cache "$out/cache" --run "$out/run" --steps 14800 "$@"
python "$here/curves.py" "$out/run"
python "$here/export.py" --student "$out/run/student.pt" --cache "$out/cache" --out "$out/float.onnx" --size "$view" --whiten 0.5 --power 1.5 --second-view middle
python "$here/quantise.py" "$out/float.onnx" --cache "$out/cache" --out "$out/model.onnx" --size "$view"
rm -f "$out/evaluation.csv"
python "$here/evaluate.py" "$out/model.onnx" --sizes "$view" --data "$shared/data" --csv "$out/evaluation.csv"
python "$here/robustness.py" "$out/model.onnx" --size "$view" --data "$shared/data"
