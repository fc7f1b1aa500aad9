/** What is said of bytes that were taken for text on their way. */
import { counted, type Diagnosis, diagnosisOf, quoted } from './diagnosis.ts';

/** A file in which every LF became CR LF, and how that is undone. */
export function lineEndings(path: string, size: number, added: number): Diagnosis {
  const found = `${path} has ${size} bytes, ${added} more than it should: a CR before every LF`;
  const commands = [
    `perl -pe 's/\\r\\n/\\n/' < ${quoted(path)} > ${quoted(`${path}.fixed`)}`,
    `mv ${quoted(`${path}.fixed`)} ${quoted(path)}`,
  ];
  return diagnosisOf('line-endings', path, found, { commands });
}

/** A file with more replacement characters than any numbers hold by chance. */
export function textDecoded(path: string, size: number, replaced: number): Diagnosis | undefined {
  if (replaced * 50 <= size) return undefined;
  const found = `${path} holds the replacement character (ef bf bd) ${counted(replaced, 'time')} in ${size} bytes`;
  return diagnosisOf('text-decoded', path, found);
}
