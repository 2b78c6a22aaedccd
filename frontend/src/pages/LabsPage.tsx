/** All labs of the user. */
import { useMutation, useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { createLab, listLabs } from '@/api/labs';

export function LabsPage() {
  const navigate = useNavigate();
  const labs = useQuery({ queryKey: ['labs'], queryFn: listLabs });
  const create = useMutation({ mutationFn: () => createLab({}), onSuccess: (lab) => void navigate(`/labs/${lab.id}`) });
  return (
    <main>
      <button type="button" className="btn primary" onClick={() => create.mutate()}>
        New lab
      </button>
      <ul>
        {labs.data?.map((lab) => (
          <li key={lab.id}>
            <Link to={`/labs/${lab.id}`}>{lab.name}</Link>
          </li>
        ))}
      </ul>
    </main>
  );
}
