/** Shell patterns over file names: `*`, `?` and `[...]`, as TensorFlow matches checkpoint paths. */

const SPECIAL = /[*?[]/;

export function isGlob(pattern: string): boolean {
  return SPECIAL.test(pattern);
}

/** A pattern for one name, without slashes, as a regular expression. */
export function globToRegExp(pattern: string): RegExp {
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] as string;
    const close = character === '[' ? pattern.indexOf(']', i + 2) : -1;
    if (character === '*') source += '[^/]*';
    else if (character === '?') source += '[^/]';
    else if (close > 0) {
      const inside = pattern
        .slice(i + 1, close)
        .replace(/^!/, '^')
        .replaceAll('\\', '\\\\');
      source += `[${inside}]`;
      i = close;
    } else source += character.replace(/[\\^$.|+(){}[\]]/g, '\\$&');
  }
  return new RegExp(`^${source}$`, 's');
}
