/** Props of a component that is shown: what a test sets of them later, it shows. */
export function changingProps<Props extends object>(given: Props): Props {
  const props = $state(given);
  return props;
}
