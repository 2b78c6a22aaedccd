import { cleanup, render, screen } from '@testing-library/react';
import i18next from 'i18next';
import { afterEach, describe, expect, it } from 'vitest';
import type { RunStatus } from '@/generated/messages';
import { setLanguage } from '@/i18n';
import { useLive } from '@/store/live';
import { useSync } from '@/store/sync';
import { PlanPanel } from './PlanPanel';

/** As a worker reports it. */
const FAILED: RunStatus = {
  state: 'failed',
  generation: 2,
  done: 1,
  total: 2,
  plan: [
    { n: 1, op: 'AddNamespace', change: 'add', summary: 'Add namespace ns2', params: { netns: 'ns2' }, command: '', node: 'ns2' },
    {
      n: 2,
      op: 'AddAddress',
      change: 'add',
      summary: 'Add address fd00::9/64 to veth-ns1 in ns1',
      params: { address: 'fd00::9/64', interface: 'veth-ns1', netns: 'ns1' },
      command: '',
      node: 'ns1',
      interface: 'veth-ns1',
    },
  ],
  error: {
    message: 'Add address fd00::9/64 to veth-ns1 in ns1: ipv6: IPv6 is disabled on this device (EACCES)',
    code: 'operation-failed',
    params: { n: '2', errno: 'EACCES' },
    n: 2,
    op: 'AddAddress',
    node: 'ns1',
    interface: 'veth-ns1',
    errno: 'EACCES',
    kernel: 'ipv6: IPv6 is disabled on this device',
    hint: 'Switch it on there',
  },
};

afterEach(async () => {
  cleanup();
  useLive.setState(useLive.getInitialState(), true);
  useSync.setState(useSync.getInitialState(), true);
  await setLanguage('en');
});

describe('a run that failed', () => {
  const alert = () => [...screen.getByRole('alert').children].map((part) => part.textContent);

  it('says the operation, what the kernel said, and what to do', () => {
    useLive.setState({ run: FAILED });
    render(<PlanPanel />);
    expect(alert()).toEqual([
      'Add address fd00::9/64 to veth-ns1 in ns1',
      'ipv6: IPv6 is disabled on this device (EACCES)',
      'Switch it on there',
    ]);
    expect(screen.getByText('Failed after 1 of 2')).toBeTruthy();
  });

  it('says so in Chinese too', async () => {
    await setLanguage('zh');
    expect(i18next.language).toBe('zh');
    useLive.setState({ run: FAILED });
    render(<PlanPanel />);
    expect(alert()[0]).toBe('为 ns1 中的 veth-ns1 添加地址 fd00::9/64');
    expect(alert()[2]).toMatch(/这个接口上关闭了 IPv6/);
  });
});

it.each([
  ['en', 'made anew: a veth cannot change its peer'],
  ['zh', '重新建立：veth 不能更换对端'],
])('says why a link is made anew (%s)', async (language, why) => {
  await setLanguage(language as 'en' | 'zh');
  const ends = { a: 'veth-ns1', a_netns: 'ns1', b: 'veth-ns2', b_netns: 'ns2' };
  const anew = { n: 1, op: 'RemoveVeth', change: 'remove', summary: '', params: ends, command: '', node: 'ns1', anew: 'peer' } as const;
  useLive.setState({ run: { state: 'applying', generation: 2, total: 1, plan: [anew] } });
  render(<PlanPanel />);
  expect(screen.getByRole('listitem').textContent).toContain(why);
});

it('of a lab that something keeps from going does not say that nothing is drawn', () => {
  useLive.setState({ run: { state: 'stopping', generation: 2 } });
  useSync.setState({ plan: [] });
  render(<PlanPanel />);
  expect(screen.getByText('The network is as drawn.')).toBeTruthy();
});

it('of a running lab whose drawing has a problem names the problem, and does not say that all is as drawn', () => {
  useLive.setState({ run: { state: 'running', generation: 1 } });
  useSync.setState({
    plan: null,
    problems: [{ path: 'nodes[0].name', code: 'name_twice', params: { name: 'ns1' }, message: 'two nodes' }],
  });
  render(<PlanPanel />);
  expect(screen.getByText('No plan yet')).toBeTruthy();
  expect(screen.getByRole('button', { name: /two nodes/ })).toBeTruthy();
});
