import { describe, expect, it } from 'vitest';
import { hourPlotOf } from '#lib/operate/hour-plot.ts';

describe('the plot of a day', () => {
  it('stacks parts of one whole, and leaves out what is nothing', () => {
    const plot = hourPlotOf(
      [
        { name: 'Complete', mark: 'full', values: [30, 0] },
        { name: 'Failed', mark: 'crossed', values: [10, 0] },
      ],
      { stacked: true },
    );
    expect(plot).toMatchObject({ top: 50, most: 40 });
    expect(plot.columns).toEqual([
      [
        { mark: 'full', from: 0, to: 0.6 },
        { mark: 'crossed', from: 0.6, to: 0.8 },
      ],
      [],
    ]);
  });

  it('puts what is compared behind each other, the first in front, and knows hours without a measure', () => {
    const plot = hourPlotOf(
      [
        { name: 'Half within', mark: 'full', values: [1_000, null] },
        { name: '95% within', mark: 'open', values: [2_000, null] },
      ],
      { stacked: false },
    );
    expect(plot.columns[0]!.map(({ mark, to }) => [mark, to])).toEqual([
      ['open', 1],
      ['full', 0.5],
    ]);
    expect(plot.columns[1]).toEqual([]);
  });

  it('has a top where nothing happened', () => {
    expect(hourPlotOf([{ name: 'Failed', mark: 'crossed', values: [0] }], { stacked: true })).toMatchObject({
      top: 1,
      most: 0,
    });
  });
});
