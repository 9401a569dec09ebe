import { OTHER_CASES } from './all-cases.ts';
import { playCases, useDoctorStage } from './play-cases.ts';

playCases(useDoctorStage(), OTHER_CASES);
