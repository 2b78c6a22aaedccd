import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { BrowserRouter, Route, Routes } from 'react-router';
import { Sprite } from './icons/Icon';
import { CopyPage } from './pages/CopyPage';
import { LabPage } from './pages/LabPage';
import { LabsPage } from './pages/LabsPage';
import { LessonsPage } from './pages/LessonsPage';
import { Missing } from './pages/Missing';

const client = new QueryClient({ defaultOptions: { queries: { retry: 1, staleTime: 2000 } } });

export function App() {
  return (
    <QueryClientProvider client={client}>
      <Sprite />
      <BrowserRouter>
        <Routes>
          <Route path="/" element={<LabsPage />} />
          <Route path="/lessons" element={<LessonsPage />} />
          <Route path="/copy/:token" element={<CopyPage />} />
          <Route path="/labs/:id" element={<LabPage />} />
          <Route path="*" element={<Missing />} />
        </Routes>
      </BrowserRouter>
    </QueryClientProvider>
  );
}
