import drift from './drift.json';
import lab from './lab.json';
import operations from './operations.json';
import pages from './pages.json';
import panels from './panels.json';
import terminals from './terminals.json';

/** One file for each part of the page; problems and errors come from the server in English already. */
export const en = { drift, lab, operations, pages, panels, terminals };
