#!/bin/sh
# The next run, from photos to a measured encoder: ./run.sh SHARED OUT [options of train.py; the last of each counts].
# It goes on from the bundled encoder. Run it again after an interruption: it goes on where it was.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shared=$1 out=$2
shift 2
python "$here/train.py" --shared "$shared" --cache "$out/cache" --run "$out/run" \
  --warm-start "$here/../models/likeness-v2/model.onnx" \
  --views-large 1 --base-views 12000 --fresh 24 --lr 1.5e-3 --steps 2000 "$@"
python "$here/curves.py" "$out/run"
python "$here/export.py" --student "$out/run/student.pt" --cache "$out/cache" --out "$out/model.onnx" \
  --size 144 --views 4000 --whiten 0.75
rm -f "$out/evaluation.csv"
python "$here/evaluate.py" "$out/model.onnx" --sizes 144 --data "$shared/data" --csv "$out/evaluation.csv"
python "$here/robustness.py" "$out/model.onnx" --size 144 --data "$shared/data"
