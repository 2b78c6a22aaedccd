/** A code editor for YAML; a module of its own, since it is large and seldom needed. */
import { yaml } from '@codemirror/lang-yaml';
import { syntaxHighlighting } from '@codemirror/language';
import { type Diagnostic, setDiagnostics } from '@codemirror/lint';
import { EditorState } from '@codemirror/state';
import { classHighlighter } from '@lezer/highlight';
import { basicSetup, EditorView } from 'codemirror';
import { useEffect, useRef } from 'react';
import { isMap, isSeq, parseDocument } from 'yaml';
import type { ServerProblem } from '@/api/http';
import { useWords } from '@/components/words';

interface YamlEditorProps {
  label: string;
  text: string;
  problems: readonly ServerProblem[];
  onChange: (text: string) => void;
}

export default function YamlEditor({ label, text, problems, onChange }: YamlEditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView | null>(null);
  const changed = useRef(onChange);
  changed.current = onChange;
  const say = useWords();
  const saying = useRef(say);
  saying.current = say;

  useEffect(() => {
    if (!place.current) return;
    const editor = new EditorView({
      parent: place.current,
      state: EditorState.create({
        extensions: [
          basicSetup,
          yaml(),
          syntaxHighlighting(classHighlighter),
          EditorView.contentAttributes.of({ 'aria-label': label }),
          EditorView.updateListener.of((update) => {
            // What is put in from outside is no edit.
            if (update.docChanged && update.view.hasFocus) changed.current(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    return () => editor.destroy();
  }, [label]);

  useEffect(() => {
    const editor = view.current;
    if (editor && editor.state.doc.toString() !== text)
      editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: text } });
  }, [text]);

  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const source = editor.state.doc.toString();
    const diagnostics: Diagnostic[] = problems.map((problem) => ({
      ...rangeOf(problem, source),
      severity: 'error',
      message: saying.current(problem),
    }));
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [problems]);

  return <div className="yaml-editor" ref={place} />;
}

/** Where an error stands in the text: the line that it names, or the value at its path. */
function rangeOf(problem: ServerProblem, source: string): { from: number; to: number } {
  const line = Number(problem.params.line);
  if (line > 0) {
    const lines = source.split('\n');
    const from = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
    return { from: Math.min(from, source.length), to: Math.min(from + (lines[line - 1]?.length ?? 0), source.length) };
  }
  let node: unknown = parseDocument(source).contents;
  let range: [number, number] = [0, source.indexOf('\n') < 0 ? source.length : source.indexOf('\n')];
  for (const step of problem.path.match(/[^.[\]]+/g) ?? []) {
    if (!isMap(node) && !isSeq(node)) break;
    node = node.get(isSeq(node) ? Number(step) : step, true);
    const found = (node as { range?: [number, number, number] } | undefined)?.range;
    if (!found) break;
    range = [found[0], found[1]];
  }
  return { from: range[0], to: Math.min(range[1], source.length) };
}
