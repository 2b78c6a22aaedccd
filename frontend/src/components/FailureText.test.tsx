import { cleanup, render, screen } from '@testing-library/react';
import { afterEach, expect, it } from 'vitest';
import type { RunStatus } from '@/generated/messages';
import { setLanguage } from '@/i18n';
import { FailureText } from './FailureText';

afterEach(async () => {
  cleanup();
  await setLanguage('en');
});

it.each([
  [{ remedy: 'user_namespaces' }, '请允许用户命名空间：sysctl -w user.max_user_namespaces=16384'],
  [{}, '详情见日志。'],
])('says in Chinese what would allow a sandbox: %j', async (params, hint) => {
  await setLanguage('zh');
  const error = { message: 'This machine does not let us', code: 'sandbox-unavailable', hint: 'Allow it', params };
  const run: RunStatus = { state: 'failed', generation: 1, error };
  render(<FailureText run={run} />);
  expect(screen.getAllByRole('paragraph').map((part) => part.textContent)).toEqual(['这台机器不允许为实验创建沙箱。', hint]);
});
