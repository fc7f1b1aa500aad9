/**
 * Four times the same bits, by way of memory at `room`: what the compiler knows to be constant is made anew in each round of a
 * loop, which takes longer than the loop's own work.
 */
// @ts-ignore: decorator
@inline
export function constant(room: usize, bits: i32): v128 {
  store<i32>(room, bits);
  return v128.load32_splat(room);
}

/** As {@link constant}, twice the same 64 bits. */
// @ts-ignore: decorator
@inline
export function constantPair(room: usize, bits: i64): v128 {
  store<i64>(room, bits);
  return v128.load64_splat(room);
}
