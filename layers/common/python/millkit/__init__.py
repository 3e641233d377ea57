"""What functions, jobs and the edge share. Standard library first; boto3 comes with the first client.

Runs in SageMaker's containers too: Python 3.9 syntax.
"""
