export const lambdaHandler = async (event: { text: string }) => ({ words: event.text.split(" ") });
