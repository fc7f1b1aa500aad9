/** Shell patterns over file names: `*`, `?` and `[...]`, as TensorFlow matches checkpoint paths. */

const SPECIAL = /[*?[]/;

export function isGlob(pattern: string): boolean {
  return SPECIAL.test(pattern);
}

/** A pattern for one name, without slashes, as a regular expression; one that makes no sense, `[z-a]`, stands for itself. */
export function globToRegExp(pattern: string): RegExp {
  try {
    return new RegExp(`^${globSource(pattern)}$`, 's');
  } catch {
    return new RegExp(`^${literal(pattern)}$`);
  }
}

function literal(text: string): string {
  return text.replace(/[\\^$.*?|+(){}[\]]/g, '\\$&');
}

function globSource(pattern: string): string {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string;
    const close = character === '[' ? pattern.indexOf(']', i + 2) : -1;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (close > 0) {
      const inside = pattern.slice(i + 1, close).replace(/[\\\]]/g, '\\$&');
      const negated = inside.startsWith('!');
      source += negated ? `[^${inside.slice(1)}]` : `[${inside}]`;
      i = close;
    } else source += literal(character);
  }
  return source;
}
