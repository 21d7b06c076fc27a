"""Kaplan-Meier against published curves and scipy."""

import numpy as np
import pytest
from scipy import stats

from cepkit import survival

# Freireich E. J. et al. (1963), Blood 21, 699-716: weeks in remission under 6-mercaptopurine,
# the example of most textbooks (Kleinbaum D., Klein M., Survival Analysis, chapter 2).
RELAPSES = [6, 6, 6, 7, 10, 13, 16, 22, 23]
STILL = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]
# Kleinbaum and Klein, chapter 2: survival after each relapse.
PUBLISHED = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}


def counted(events, censored):
    times = np.unique([*events, *censored])
    return times, *([v.count(t) for t in times] for v in (events, censored))


def test_published_curve():
    curve = survival.kaplan_meier(*counted(RELAPSES, STILL)).set_index("temps")
    for time, expected in PUBLISHED.items():
        assert curve.loc[time, "survie"] == pytest.approx(expected, abs=5e-5)
    assert curve.loc[10, "a_risque"] == 15


def test_limits_are_those_of_scipy():
    curve = survival.kaplan_meier(*counted(RELAPSES, STILL))
    sample = stats.CensoredData.right_censored([*RELAPSES, *STILL],
                                               [False] * len(RELAPSES) + [True] * len(STILL))
    limits = stats.ecdf(sample).sf.confidence_interval(method="log-log")
    times = curve["temps"].to_numpy()
    assert curve["borne_inf"].to_numpy() == pytest.approx(limits.low.evaluate(times))
    assert curve["borne_sup"].to_numpy() == pytest.approx(limits.high.evaluate(times))


def test_median():
    # Kleinbaum and Klein, chapter 2: median 23 weeks. By hand from the limits at 95 %: the lower
    # one falls below one half at 13 weeks, the upper one never does.
    median, (low, high) = survival.quantile(survival.kaplan_meier(*counted(RELAPSES, STILL)))
    assert (median, low) == (23, 13) and np.isnan(high)


def test_nobody_left():
    curve = survival.kaplan_meier([1, 2], [1, 1], [0, 0])
    assert curve["survie"].tolist() == [0.5, 0.0]
    assert np.isnan(curve.loc[1, ["borne_inf", "borne_sup"]].astype(float)).all()
    assert survival.quantile(curve)[0] == 1


def test_no_event_before_the_first():
    curve = survival.kaplan_meier([1, 2], [0, 0], [3, 2])
    assert curve["survie"].tolist() == [1, 1] and curve["borne_inf"].isna().all()
    assert np.isnan(survival.quantile(curve)[0])


@pytest.mark.parametrize("wrong", [([2, 1], [1, 1], [0, 0]), ([1, 2], [-1, 1], [0, 0]),
                                   ([1, 2], [1], [0, 0])])
def test_impossible_arguments(wrong):
    with pytest.raises(ValueError, match="survie"):
        survival.kaplan_meier(*wrong)
