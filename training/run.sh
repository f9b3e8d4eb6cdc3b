#!/bin/sh
# The whole recipe: ./run.sh SHARED OUT [options of train.py]. Run it again after an interruption: it goes on where it was.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
shared=$1 out=$2
shift 2
python "$here/train.py" --shared "$shared" --cache "$out/cache" --run "$out/run" \
  --warm-start "$shared/encoder/encoder.onnx" "$@"
python "$here/curves.py" "$out/run"
python "$here/export.py" --student "$out/run/student.pt" --cache "$out/cache" --out "$out/model.onnx"
python "$here/evaluate.py" "$out/model.onnx" --data "$shared/data" --csv "$out/evaluation.csv"
