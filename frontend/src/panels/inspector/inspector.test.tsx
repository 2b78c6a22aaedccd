import { cleanup, fireEvent, render, screen } from '@testing-library/react';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { emptyDocument } from '@/document/types';
import { useLab } from '@/store/lab';
import { useSync } from '@/store/sync';
import { useView } from '@/store/view';
import { InspectorPanel } from '../InspectorPanel';

const ADDRESS = 'nodes[0].interfaces[0].addresses[0]';

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

  it('keeps a name that would break the links out of the drawing, and says so', () => {
    const field = type('Name', 'ns 1:x');
    expect(field.getAttribute('aria-invalid')).toBe('true');
    expect(drawn().nodes[0]?.name).toBe('ns1');
    expect(drawn().links[0]?.ends[0]).toBe('ns1:veth-ns1');
  });

  it('takes the links along when a node gets another name', () => {
    type('Name', 'web');
    expect(drawn().links[0]?.ends).toEqual(['web:veth-ns1', 'ns2:veth-ns2']);
    expect([...useView.getState().selection]).toEqual(['web']);
  });
});

describe('a problem', () => {
  it('stands at its field', () => {
    const words = '192.168.1.1 is also on ns2:veth-ns2';
    cleanup();
    useSync.setState({ problems: [{ path: ADDRESS, code: 'address_twice', params: {}, message: words }] });
    render(<InspectorPanel />);
    const [field] = screen.getAllByLabelText('Addresses');
    expect(field?.getAttribute('aria-invalid')).toBe('true');
    expect(document.getElementById(field?.getAttribute('aria-describedby') ?? '')?.textContent).toBe(words);
  });

  it('of the lab leads to its node', () => {
    cleanup();
    useView.getState().select([]);
    useSync.setState({ problems: [{ path: ADDRESS, code: 'address_twice', params: {}, message: 'twice' }] });
    render(<InspectorPanel />);
    fireEvent.click(screen.getByRole('button', { name: /ns1:.*twice/ }));
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

it('adds a route, whose first is the default', () => {
  fireEvent.click(screen.getByRole('button', { name: 'Add a route' }));
  fireEvent.change(screen.getByLabelText('Via'), { target: { value: '192.168.1.2' } });
  expect(drawn().nodes[0]).toMatchObject({ routes: [{ to: 'default', via: '192.168.1.2' }] });
});
