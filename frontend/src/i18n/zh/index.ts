import drift from './drift.json';
import lab from './lab.json';
import operations from './operations.json';
import pages from './pages.json';
import panels from './panels.json';
import terminals from './terminals.json';
import words from './words.json';

/** `words` says what the server says in English: problems and errors, by their code. */
export const zh = { drift, lab, operations, pages, panels, terminals, words };
