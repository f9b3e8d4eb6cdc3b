;; Inner products over rows of float32 that lie one after another in a shared memory.
;; Rows are padded with zeros to a multiple of 64 bytes, so that there is no remainder loop.
(module
  (import "env" "memory" (memory 1 65536 shared))

  ;; Four sums that do not wait for each other; the order of additions is the same for every caller, so a row gets
  ;; the same score whether it was scanned or picked.
  (func $dot (param $a i32) (param $b i32) (param $bytes i32) (result f32)
    (local $end i32) (local $s0 v128) (local $s1 v128) (local $s2 v128) (local $s3 v128)
    (local.set $end (i32.add (local.get $a) (local.get $bytes)))
    (loop $next
      (local.set $s0 (f32x4.add (local.get $s0) (f32x4.mul (v128.load (local.get $a)) (v128.load (local.get $b)))))
      (local.set $s1 (f32x4.add (local.get $s1)
        (f32x4.mul (v128.load offset=16 (local.get $a)) (v128.load offset=16 (local.get $b)))))
      (local.set $s2 (f32x4.add (local.get $s2)
        (f32x4.mul (v128.load offset=32 (local.get $a)) (v128.load offset=32 (local.get $b)))))
      (local.set $s3 (f32x4.add (local.get $s3)
        (f32x4.mul (v128.load offset=48 (local.get $a)) (v128.load offset=48 (local.get $b)))))
      (local.set $a (i32.add (local.get $a) (i32.const 64)))
      (local.set $b (i32.add (local.get $b) (i32.const 64)))
      (br_if $next (i32.lt_u (local.get $a) (local.get $end))))
    (local.set $s0 (f32x4.add
      (f32x4.add (local.get $s0) (local.get $s1))
      (f32x4.add (local.get $s2) (local.get $s3))))
    (f32.add
      (f32.add (f32x4.extract_lane 0 (local.get $s0)) (f32x4.extract_lane 1 (local.get $s0)))
      (f32.add (f32x4.extract_lane 2 (local.get $s0)) (f32x4.extract_lane 3 (local.get $s0)))))

  ;; out[i] = query · row i, for `count` (at least 1) rows of `bytes` bytes that begin at `rows`.
  (func (export "scan") (param $query i32) (param $rows i32) (param $bytes i32) (param $count i32) (param $out i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (loop $next
      (f32.store (local.get $out) (call $dot (local.get $query) (local.get $rows) (local.get $bytes)))
      (local.set $rows (i32.add (local.get $rows) (local.get $bytes)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $out) (local.get $end)))))

  ;; out[i] = query · row list[i], for `count` (at least 1) row numbers (u32) at `list`.
  (func (export "pick") (param $query i32) (param $rows i32) (param $bytes i32) (param $list i32) (param $count i32) (param $out i32)
    (local $end i32)
    (local.set $end (i32.add (local.get $out) (i32.shl (local.get $count) (i32.const 2))))
    (loop $next
      (f32.store (local.get $out)
        (call $dot (local.get $query)
          (i32.add (local.get $rows) (i32.mul (i32.load (local.get $list)) (local.get $bytes)))
          (local.get $bytes)))
      (local.set $list (i32.add (local.get $list) (i32.const 4)))
      (local.set $out (i32.add (local.get $out) (i32.const 4)))
      (br_if $next (i32.lt_u (local.get $out) (local.get $end))))))
