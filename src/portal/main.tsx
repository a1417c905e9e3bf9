import './styles.css';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Portal } from './shell/portal.tsx';

const root = document.getElementById('root');
if (root === null) throw new Error('the page has no root');
createRoot(root).render(
  <StrictMode>
    <Portal />
  </StrictMode>,
);
