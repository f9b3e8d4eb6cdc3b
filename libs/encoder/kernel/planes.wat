;; Interleaved bytes of a picture become planes of float32: plane[i] = (byte of pixel i − mean) · scale.
(module
  ;; Holds pictures and tensor; grown by whoever uses it.
  (memory (export "memory") 1)

  ;; One picture of `area` (at least 4) pixels at `from`; the planes begin at `red`, `green` and `blue`. Reads up to four
  ;; bytes beyond the picture.
  ;;
  ;; Four pixels at a time. A swizzle makes whole numbers of 32 bits of the bytes of one colour: index 255 gives zero. So
  ;; small, they convert alike with and without sign; with sign it is one instruction, without eight.
  (func (export "planes")
    (param $from i32) (param $area i32) (param $red i32) (param $green i32) (param $blue i32)
    (param $redMean f32) (param $greenMean f32) (param $blueMean f32)
    (param $redScale f32) (param $greenScale f32) (param $blueScale f32)
    (local $pixel i32) (local $at i32) (local $bytes v128)
    (local $redMeans v128) (local $greenMeans v128) (local $blueMeans v128)
    (local $redScales v128) (local $greenScales v128) (local $blueScales v128)
    (local.set $redMeans (f32x4.splat (local.get $redMean)))
    (local.set $greenMeans (f32x4.splat (local.get $greenMean)))
    (local.set $blueMeans (f32x4.splat (local.get $blueMean)))
    (local.set $redScales (f32x4.splat (local.get $redScale)))
    (local.set $greenScales (f32x4.splat (local.get $greenScale)))
    (local.set $blueScales (f32x4.splat (local.get $blueScale)))
    (loop $next
      (local.set $bytes (v128.load (i32.add (local.get $from) (i32.mul (local.get $pixel) (i32.const 3)))))
      (local.set $at (i32.shl (local.get $pixel) (i32.const 2)))
      (v128.store (i32.add (local.get $red) (local.get $at))
        (f32x4.mul (local.get $redScales) (f32x4.sub
          (f32x4.convert_i32x4_s (i8x16.swizzle (local.get $bytes)
            (v128.const i8x16 0 255 255 255 3 255 255 255 6 255 255 255 9 255 255 255)))
          (local.get $redMeans))))
      (v128.store (i32.add (local.get $green) (local.get $at))
        (f32x4.mul (local.get $greenScales) (f32x4.sub
          (f32x4.convert_i32x4_s (i8x16.swizzle (local.get $bytes)
            (v128.const i8x16 1 255 255 255 4 255 255 255 7 255 255 255 10 255 255 255)))
          (local.get $greenMeans))))
      (v128.store (i32.add (local.get $blue) (local.get $at))
        (f32x4.mul (local.get $blueScales) (f32x4.sub
          (f32x4.convert_i32x4_s (i8x16.swizzle (local.get $bytes)
            (v128.const i8x16 2 255 255 255 5 255 255 255 8 255 255 255 11 255 255 255)))
          (local.get $blueMeans))))
      (local.set $pixel (i32.add (local.get $pixel) (i32.const 4)))
      (if (i32.lt_u (local.get $pixel) (local.get $area))
        (then
          ;; The last four may overlap those before, and write the same there.
          (if (i32.gt_u (local.get $pixel) (i32.sub (local.get $area) (i32.const 4)))
            (then (local.set $pixel (i32.sub (local.get $area) (i32.const 4)))))
          (br $next))))))
