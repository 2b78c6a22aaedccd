import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyDocument } from '@/document/types';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { useView } from '@/store/view';
import { InspectorPanel } from '../InspectorPanel';

const TWICE = {
  path: 'nodes[0].interfaces[0].addresses[0]',
  also: ['nodes[1].interfaces[0].addresses[0]'],
  code: 'address_twice',
  params: {},
};

beforeEach(() => {
  useLab.getState().open('lab', {
    ...emptyDocument('Pair'),
    nodes: [
      { kind: 'namespace', name: 'ns1', interfaces: [{ name: 'veth-ns1', addresses: ['192.168.1.1/24'] }] },
      { kind: 'namespace', name: 'ns2', interfaces: [{ name: 'veth-ns2', addresses: ['192.168.1.2/24'] }] },
    ],
    links: [{ ends: ['ns1:veth-ns1', 'ns2:veth-ns2'] }],
  });
  useView.getState().select(['ns1']);
  render(<InspectorPanel />);
});

afterEach(() => {
  cleanup();
  useSync.setState(useSync.getInitialState(), true);
});

const type = (label: string, text: string) => {
  const field = screen.getAllByLabelText(label)[0] as HTMLInputElement;
  fireEvent.focus(field);
  fireEvent.change(field, { target: { value: text } });
  return field;
};
const drawn = () => useLab.getState().doc;

describe('a field', () => {
  it('types straight into the drawing, one step of undo from focus to blur', () => {
    for (const text of ['1', '10.0.0.1', '10.0.0.1/8, fd00::1/64']) type('Addresses', text);
    fireEvent.blur(screen.getByLabelText('Addresses'));
    expect(drawn().nodes[0]).toMatchObject({ interfaces: [{ addresses: ['10.0.0.1/8', 'fd00::1/64'] }] });
    useLab.getState().undo();
    expect(drawn().nodes[0]).toMatchObject({ interfaces: [{ addresses: ['192.168.1.1/24'] }] });
  });
});

describe('a name', () => {
  it('goes into the drawing when it is whole, with its links, as one step of undo', () => {
    for (const text of ['w', 'we', 'web']) type('Name', text);
    expect(drawn().nodes[0]?.name).toBe('ns1');
    fireEvent.keyDown(screen.getAllByLabelText('Name')[0] as HTMLElement, { key: 'Enter' });
    expect(drawn().links[0]?.ends).toEqual(['web:veth-ns1', 'ns2:veth-ns2']);
    expect([...useView.getState().selection]).toEqual(['web']);
    useLab.getState().undo();
    expect(drawn().nodes[0]?.name).toBe('ns1');
  });

  it('is taken when its field is left', () => {
    fireEvent.blur(type('Name', 'web'));
    expect(drawn().nodes[0]?.name).toBe('web');
  });

  it('is restored by Escape', () => {
    const field = type('Name', 'web');
    fireEvent.keyDown(field, { key: 'Escape' });
    expect(field.value).toBe('ns1');
    fireEvent.blur(field);
    expect(drawn().nodes[0]?.name).toBe('ns1');
  });

  it.each([
    ['of a node that would break the links', 'ns 1:x', /Use letters/],
    ['of a node that another node has', 'ns2', /already a node of this name/],
  ])('%s is refused, said so, and gone when the field is left', (_, text, words) => {
    const field = type('Name', text);
    fireEvent.keyDown(field, { key: 'Enter' });
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(words);
    expect(drawn().nodes[0]?.name).toBe('ns1');
    fireEvent.blur(field);
    expect(field.value).toBe('ns1');
    expect(field.getAttribute('aria-invalid')).toBe('false');
    expect(drawn().links[0]?.ends[0]).toBe('ns1:veth-ns1');
  });

  it('of an interface that another interface of its node has is refused', () => {
    useLab.getState().edit((doc) => {
      const [node] = doc.nodes;
      if (node?.kind === 'namespace') node.interfaces?.push({ name: 'eth1' });
    });
    cleanup();
    render(<InspectorPanel />);
    const field = screen.getByDisplayValue('veth-ns1') as HTMLInputElement;
    fireEvent.change(field, { target: { value: 'eth1' } });
    expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toMatch(/already an interface of this name/);
    fireEvent.blur(field);
    expect(field.value).toBe('veth-ns1');
    expect(drawn().links[0]?.ends[0]).toBe('ns1:veth-ns1');
  });
});

describe('a problem', () => {
  it('stands at its field', () => {
    const words = '192.168.1.1 is on ns1:veth-ns1 and on ns2:veth-ns2';
    cleanup();
    useSync.setState({ problems: [{ ...TWICE, message: words }] });
    render(<InspectorPanel />);
    const [field] = screen.getAllByLabelText('Addresses');
    expect(field?.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(field?.getAttribute('aria-describedby') ?? '')?.textContent).toBe(words);
  });

  it('that concerns two places stands at both, in words without backticks', () => {
    cleanup();
    useView.getState().select(['ns2']);
    useSync.setState({ problems: [{ ...TWICE, message: 'set `up` at one of them' }] });
    render(<InspectorPanel />);
    const field = screen.getByLabelText('Addresses');
    expect(document.getElementById(field.getAttribute('aria-describedby') ?? '')?.textContent).toBe('set up at one of them');
  });

  it('of the lab leads to its node', () => {
    cleanup();
    useView.getState().select([]);
    useSync.setState({ problems: [{ ...TWICE, message: 'twice' }] });
    render(<InspectorPanel />);
    fireEvent.click(screen.getByRole('button', { name: /ns1, ns2:.*twice/ }));
    expect([...useView.getState().selection]).toEqual(['ns1']);
  });
});

it('sets a link down', () => {
  cleanup();
  useView.getState().select(['link:0']);
  render(<InspectorPanel />);
  fireEvent.click(screen.getByRole('checkbox', { name: 'Up' }));
  expect(drawn().links[0]?.up).toBe(false);
  fireEvent.click(screen.getByRole('checkbox', { name: 'Up' }));
  expect(drawn().links[0]).not.toHaveProperty('up');
});

it("adds a route when it says where to and over whom, and stays under one's hands", () => {
  fireEvent.click(screen.getByRole('button', { name: 'Add a route' }));
  expect(drawn().nodes[0]).not.toHaveProperty('routes');
  const via = screen.getByLabelText('Via');
  via.focus();
  fireEvent.change(via, { target: { value: '192.168.1.2' } });
  expect(drawn().nodes[0]).toMatchObject({ routes: [{ to: 'default', via: '192.168.1.2' }] });
  expect(document.activeElement).toBe(screen.getByLabelText('Via'));
  fireEvent.click(screen.getByRole('button', { name: 'Add a route' }));
  fireEvent.click(screen.getByRole('button', { name: 'Remove the route to' }));
  expect(drawn().nodes[0]).toMatchObject({ routes: [{ to: 'default' }] });
});
