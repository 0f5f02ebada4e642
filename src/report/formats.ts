/** The documents of a CI by their format. In: findings. Out: text for stdout. */
import { type Findings, type Format, placed } from './findings.js';
import { githubText } from './github.js';
import { junitText } from './junit.js';
import { markdownText } from './markdown.js';
import { sarifText } from './sarif.js';

const RENDER = { github: githubText, junit: junitText, sarif: sarifText, markdown: markdownText } as const;

/** @param cwd - Paths are told from here. */
export function findingsText(format: Exclude<Format, 'text' | 'json'>, findings: Findings, cwd: string): string {
  return RENDER[format](placed(findings, cwd));
}
