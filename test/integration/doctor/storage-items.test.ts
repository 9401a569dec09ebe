import { STORAGE_CASES } from './all-cases.ts';
import { playCases, useDoctorStage } from './play-cases.ts';

playCases(useDoctorStage(), STORAGE_CASES);
