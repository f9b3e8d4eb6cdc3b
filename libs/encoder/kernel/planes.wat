;; Interleaved bytes of a picture become planes of float32: plane[i] = (byte of pixel i − mean) · scale.
(module
  ;; Holds pictures and tensor; grown by whoever uses it.
  (memory (export "memory") 1)

  ;; Sixteen bytes become sixteen floats at `to`.
  (func $write (param $bytes v128) (param $to i32) (param $mean v128) (param $scale v128)
    (local $half v128)
    (local.set $half (i16x8.extend_low_i8x16_u (local.get $bytes)))
    (v128.store (local.get $to) (f32x4.mul (local.get $scale) (f32x4.sub
      (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $half))) (local.get $mean))))
    (v128.store offset=16 (local.get $to) (f32x4.mul (local.get $scale) (f32x4.sub
      (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $half))) (local.get $mean))))
    (local.set $half (i16x8.extend_high_i8x16_u (local.get $bytes)))
    (v128.store offset=32 (local.get $to) (f32x4.mul (local.get $scale) (f32x4.sub
      (f32x4.convert_i32x4_u (i32x4.extend_low_i16x8_u (local.get $half))) (local.get $mean))))
    (v128.store offset=48 (local.get $to) (f32x4.mul (local.get $scale) (f32x4.sub
      (f32x4.convert_i32x4_u (i32x4.extend_high_i16x8_u (local.get $half))) (local.get $mean)))))

  ;; One picture of `area` (at least 16) pixels at `from`; the planes begin at `red`, `green` and `blue`.
  (func (export "planes")
    (param $from i32) (param $area i32) (param $red i32) (param $green i32) (param $blue i32)
    (param $redMean f32) (param $greenMean f32) (param $blueMean f32)
    (param $redScale f32) (param $greenScale f32) (param $blueScale f32)
    (local $pixel i32) (local $to i32) (local $a v128) (local $b v128) (local $c v128)
    (loop $next
      (local.set $to (i32.add (local.get $from) (i32.mul (local.get $pixel) (i32.const 3))))
      (local.set $a (v128.load (local.get $to)))
      (local.set $b (v128.load offset=16 (local.get $to)))
      (local.set $c (v128.load offset=32 (local.get $to)))
      (local.set $to (i32.shl (local.get $pixel) (i32.const 2)))
      (call $write
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 17 20 23 26 29
          (i8x16.shuffle 0 3 6 9 12 15 18 21 24 27 30 0 0 0 0 0 (local.get $a) (local.get $b)) (local.get $c))
        (i32.add (local.get $red) (local.get $to))
        (f32x4.splat (local.get $redMean)) (f32x4.splat (local.get $redScale)))
      (call $write
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 18 21 24 27 30
          (i8x16.shuffle 1 4 7 10 13 16 19 22 25 28 31 0 0 0 0 0 (local.get $a) (local.get $b)) (local.get $c))
        (i32.add (local.get $green) (local.get $to))
        (f32x4.splat (local.get $greenMean)) (f32x4.splat (local.get $greenScale)))
      (call $write
        (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 16 19 22 25 28 31
          (i8x16.shuffle 2 5 8 11 14 17 20 23 26 29 0 0 0 0 0 0 (local.get $a) (local.get $b)) (local.get $c))
        (i32.add (local.get $blue) (local.get $to))
        (f32x4.splat (local.get $blueMean)) (f32x4.splat (local.get $blueScale)))
      (local.set $pixel (i32.add (local.get $pixel) (i32.const 16)))
      (if (i32.lt_u (local.get $pixel) (local.get $area))
        (then
          ;; The last block may overlap the one before, and writes the same there.
          (if (i32.gt_u (local.get $pixel) (i32.sub (local.get $area) (i32.const 16)))
            (then (local.set $pixel (i32.sub (local.get $area) (i32.const 16)))))
          (br $next))))))
