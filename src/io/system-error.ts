/** What the system says when it cannot read or write a file, without its code and its name for the call. */

interface SystemError extends Error {
  readonly syscall: string;
  readonly code?: string;
}

function isSystemError(error: unknown): error is SystemError {
  return error instanceof Error && typeof (error as { syscall?: unknown }).syscall === 'string';
}

/** The reason alone, such as `permission denied`, and what was called; undefined for an error of another kind. */
export function systemReason(error: unknown): { readonly call: string; readonly reason: string } | undefined {
  if (!isSystemError(error)) return undefined;
  if (error.syscall === 'mkdir' && error.code === 'EEXIST') return { call: 'mkdir', reason: 'its directory is a file' };
  const reason = /^[A-Z0-9]+: ([^,]+)/.exec(error.message)?.[1] ?? error.message;
  return { call: error.syscall, reason };
}
